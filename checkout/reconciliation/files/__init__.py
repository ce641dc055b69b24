"""What arrives: opened, checked whole, kept byte for byte, copied into rows."""
