use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;

fn main() -> std::io::Result<()> {
    let listener = TcpListener::bind(("0.0.0.0", 8088))?;
    for stream in listener.incoming() {
        let mut stream = stream?;
        let mut asked = String::new();
        BufReader::new(&stream).read_line(&mut asked)?;
        let body = "two flashes every ten seconds\n";
        let answer = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(answer.as_bytes()).is_err() {
            eprintln!("a client went away: {}", asked.trim());
        }
    }
    Ok(())
}
