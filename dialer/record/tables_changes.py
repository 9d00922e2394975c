"""Restrictions and proposals of the register. Ids, instants and tri-states as in `tables`."""
