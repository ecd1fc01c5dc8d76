"""What Ironhull keeps on disk: images, advisories, caches."""
