"""The vault: bags of the firm's own copy of the history, built aside, published whole, and proven."""

from disengage.vault.bag import BagReceipt, Stated
from disengage.vault.vault import Vault
from disengage.vault.writer import BagWriter

__all__ = ["BagReceipt", "BagWriter", "Stated", "Vault"]
