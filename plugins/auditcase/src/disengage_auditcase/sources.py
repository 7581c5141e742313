"""The vendor's pages that this connector rests on, and the day they were read.

One article base is served under three addresses (changetocomm.zendesk.com, support.changetocomm.nl,
support.caseware.nl); each page is named by the address under which it was found.
"""

AS_OF = "2026-11-22"

_OLD = "https://changetocomm.zendesk.com/hc/nl/articles"
_NEW = "https://support.caseware.nl/hc/nl/articles"

ENDING = f"{_OLD}/360002300914"
CLIENTS = f"{_OLD}/212303405"
DOCUMENTS = f"{_OLD}/115002316305"
TASKS = f"{_NEW}/9657684358941"

PINKWEB = f"{_OLD}/203044011"
TWINFIELD = f"{_OLD}/203179861"
EXACT = f"{_OLD}/205093541"
NEXTENS = f"{_NEW}/9657697234077"
SUSPECTS = f"{_OLD}/213800949"

WERKSTOP = f"{_OLD}/360002729094"
RENUMBERING = f"{_OLD}/360016487559"
BACKUPS = f"{_NEW}/9657644149277"
