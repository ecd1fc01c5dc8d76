import psycopg2
from flask import Flask

app = Flask(__name__)


@app.get("/")
def index() -> str:
    return f"driver {psycopg2.__version__}"
