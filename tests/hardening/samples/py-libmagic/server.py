import subprocess
from http.server import BaseHTTPRequestHandler, HTTPServer

import magic


def look() -> str:
    kind = magic.from_buffer(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", mime=True)
    said = subprocess.run(["pdfinfo", "-v"], capture_output=True, text=True, check=True).stderr
    return f"{kind} {said.split()[0]}"


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = look().encode()
        self.send_response(200)
        self.end_headers()
        self.wfile.write(body)


HTTPServer(("", 8000), Handler).serve_forever()
