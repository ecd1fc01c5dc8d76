"""What makes images: bases from Debian packages, Python apps from wheels."""
