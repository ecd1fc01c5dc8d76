"""What a user sees, end to end: real packages, real images, other tools, a container runtime."""
