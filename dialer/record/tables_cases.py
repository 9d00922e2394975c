"""Batches of imported rows, and changes of cases. Ids, instants and tri-states as in `tables`."""
