"""What people do with organisations: one function a verb."""
