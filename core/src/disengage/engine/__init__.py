"""Durable execution: plan, approve, carry out, prove. The only place with dbos (``durable.py``)."""
