"""Gunicorn's settings; it reads this file by itself where it starts."""

import os

bind = f"0.0.0.0:{os.environ.get('PORT', '5000')}"
workers = int(os.environ.get("WEB_CONCURRENCY", "2"))
preload_app = True  # one SECRET_KEY for all workers where none is set
worker_tmp_dir = "/dev/shm"
accesslog = "-"
