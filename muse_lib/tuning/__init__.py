"""Which hyper-parameters, found on validation pairs."""
