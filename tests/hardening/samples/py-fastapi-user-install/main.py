from fastapi import FastAPI
from pydantic import BaseModel

app = FastAPI()


class Ferry(BaseModel):
    number: int
    to: str


@app.get("/ferries/{number}")
def ferry(number: int) -> Ferry:
    return Ferry(number=number, to="Amrum")
