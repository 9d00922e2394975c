"""What the flows need of the world, as Protocols: one module for each consumer."""
