"""Making the reference model: music composed and rendered here, what is planted in it, training."""
