#!/bin/sh
set -e

echo "migrating ${DATABASE_PATH:-/data/library.sqlite3}"
python manage.py migrate --noinput

exec "$@"
