from fastapi import FastAPI

app = FastAPI()
BINS = {12: "gaskets", 13: "washers"}


@app.get("/bins/{number}")
async def content(number: int) -> dict[str, str]:
    return {"content": BINS.get(number, "")}
