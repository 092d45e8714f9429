//! Prints what is proposed from a text: `cargo run -p stele-formats --example read -- FILE`.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("give a file")?;
    let document = stele_formats::read(&std::fs::read(path)?)?;
    eprintln!(
        "{:?} {:?} {:?} {:?} {:?}",
        document.title, document.published, document.author, document.publisher, document.language
    );
    for proposal in stele_formats::propose(&document) {
        println!("{}", serde_json::to_string(&proposal)?);
    }
    Ok(())
}
