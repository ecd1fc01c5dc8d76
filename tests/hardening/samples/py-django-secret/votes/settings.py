import os

SECRET_KEY = os.environ["SECRET_KEY"]
ALLOWED_HOSTS = ["*"]
INSTALLED_APPS = ["votes"]
ROOT_URLCONF = "votes.urls"
DATABASES = {
    "default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE_FILE"]}
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
