"""Bad images made in code: each ends in findings and Problems or in one clear error, in bounds."""
