use std::env;

fn main() {
    let greeting = env::var("GREETING").unwrap_or_else(|_| "hello".into());
    let loud = env::args().any(|word| word == "--loud");
    println!("{}", if loud { greeting.to_uppercase() } else { greeting });
}
