"""Language models that run here or at an endpoint, behind one protocol."""
