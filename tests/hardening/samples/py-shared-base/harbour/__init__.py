import falcon


class Master:
    def on_get(self, _: falcon.Request, answer: falcon.Response) -> None:
        answer.text = "harbour master"


app = falcon.App()
app.add_route("/", Master())
