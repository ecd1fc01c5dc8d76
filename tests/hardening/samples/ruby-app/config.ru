run ->(_environment) { [200, { "content-type" => "text/plain" }, ["the kettle is on\n"]] }
