"""What carriers, handsets and people say of a number. Ids, instants and tri-states as in `tables`."""
