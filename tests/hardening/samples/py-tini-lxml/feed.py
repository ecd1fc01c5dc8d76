from http.server import BaseHTTPRequestHandler, HTTPServer

from lxml import etree


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        feed = etree.Element("feed")
        etree.SubElement(feed, "title").text = "Weather"
        self.send_response(200)
        self.end_headers()
        self.wfile.write(etree.tostring(feed))


HTTPServer(("", 8000), Handler).serve_forever()
