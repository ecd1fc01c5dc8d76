import datetime

import click


@click.command()
@click.option("--year", type=int, required=True)
def main(year: int) -> None:
    day = datetime.date(year, 1, 1).strftime("%A")
    click.echo(f"{year} begins on a {day}")
