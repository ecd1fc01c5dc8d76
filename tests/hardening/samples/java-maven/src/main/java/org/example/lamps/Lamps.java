package org.example.lamps;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.Map;

public final class Lamps {
    private static final Map<String, Integer> LIT = Map.of("Mill Lane", 14, "Quay", 9);

    private Lamps() {
    }

    public static void main(String[] arguments) throws Exception {
        HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
        server.createContext("/", exchange -> {
            byte[] body = ("Mill Lane has " + LIT.get("Mill Lane") + " lamps\n").getBytes();
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
    }
}
