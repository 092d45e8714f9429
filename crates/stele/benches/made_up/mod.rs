//! Names of sites in six languages, made up: a settlement, a dedication, a kind and sometimes a number,
//! written by the usual spelling of each script. The same number gives the same names.

use super::{LANGS, Row};
use stele_model::Category;

/// A generator of numbers (xorshift), the same on every run.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        ((self.0 >> 11) % n.max(1) as u64) as usize
    }
}

const LETTERS: &str = "abcçdeəfgğhxıijkqlmnoöprsştuüvyz";
const SPELT: [(&str, &str); 5] = [
    (
        "en",
        "a b j ch d e a f g gh h kh i i zh k q l m n o o p r s sh t u u v y z",
    ),
    (
        "hy",
        "ա բ ջ չ դ ե ա ֆ գ ղ հ խ ը ի ժ կ ղ լ մ ն ո օ պ ր ս շ տ ու յու վ յ զ",
    ),
    (
        "ru",
        "а б дж ч д е а ф г г х х ы и ж к г л м н о о п р с ш т у ю в й з",
    ),
    (
        "ka",
        "ა ბ ჯ ჩ დ ე ა ფ გ ღ ჰ ხ ი ი ჟ კ ყ ლ მ ნ ო ო პ რ ს შ ტ უ უ ვ ი ზ",
    ),
    (
        "fa",
        "ا ب ج چ د ه - ف گ غ ه خ ی ی ژ ک ق ل م ن و و پ ر س ش ت و و و ی ز",
    ),
];
const KINDS: [(Category, [&str; 6]); 5] = [
    (
        Category::Mosque,
        ["Mosque", "Məscidi", "Մզկիթ", "Мечеть", "მეჩეთი", "مسجد"],
    ),
    (
        Category::Church,
        [
            "Church",
            "Kilsəsi",
            "Եկեղեցի",
            "Церковь",
            "ეკლესია",
            "کلیسا",
        ],
    ),
    (
        Category::Library,
        [
            "Library",
            "Kitabxanası",
            "Գրադարան",
            "Библиотека",
            "ბიბლიოთეკა",
            "کتابخانه",
        ],
    ),
    (
        Category::Bridge,
        ["Bridge", "Körpüsü", "Կամուրջ", "Мост", "ხიდი", "پل"],
    ),
    (
        Category::Cemetery,
        [
            "Cemetery",
            "Qəbiristanı",
            "Գերեզման",
            "Кладбище",
            "სასაფლაო",
            "گورستان",
        ],
    ),
];
const SYLLABLES: [&str; 40] = [
    "na", "fu", "va", "sa", "rə", "gə", "ba", "mə", "və", "qa", "xa", "şu", "zə", "la", "cə", "tə",
    "də", "qo", "mi", "si", "zar", "man", "bar", "gor", "vaz", "rib", "hat", "mar", "taz", "şad",
    "nəz", "qar", "kən", "vir", "din", "hov", "gev", "lin", "çur", "dağ",
];

fn word(random: &mut Random, syllables: usize) -> String {
    (0..syllables)
        .map(|_| SYLLABLES[random.below(SYLLABLES.len())])
        .collect()
}

fn spell(word: &str, lang: &str) -> String {
    let Some((_, table)) = SPELT.iter().find(|(l, _)| *l == lang) else {
        return word.to_owned();
    };
    let table: Vec<&str> = table.split(' ').collect();
    word.chars()
        .map(|c| {
            let at = LETTERS.chars().position(|l| l == c);
            at.and_then(|at| table.get(at)).copied().unwrap_or("")
        })
        .filter(|s| *s != "-")
        .collect()
}

/// So many sites.
pub fn sites(n: usize) -> impl Iterator<Item = Row> {
    let mut random = Random(20_201_109);
    let settlements: Vec<String> = (0..3_000).map(|k| word(&mut random, 2 + k % 2)).collect();
    let dedications: Vec<String> = (0..6_000).map(|k| word(&mut random, 2 + k % 3)).collect();
    (0..n).map(move |k| {
        // Few settlements have many sites.
        let at = random.below(settlements.len()) * random.below(1_000) / 1_000;
        let (settlement, dedication) = (&settlements[at], &dedications[random.below(6_000)]);
        let (category, kinds) = KINDS[random.below(KINDS.len())];
        let number = match random.below(4) {
            0 => format!(" {}", random.below(60) + 1),
            _ => String::new(),
        };
        let name = |at: usize, lang: &str| {
            let (place, saint) = (spell(settlement, lang), spell(dedication, lang));
            format!("{saint} {}{number}, {place}", kinds[at])
        };
        let chosen = random.below(6);
        let names = LANGS.iter().enumerate();
        let names = names
            .filter(|(at, _)| (at + chosen).is_multiple_of(2) || (at + chosen).is_multiple_of(5));
        Row {
            names: names.map(|(at, lang)| (*lang, name(at, lang))).collect(),
            category,
            lon: 38.0 + (k % 1_400) as f64 / 100.0,
            lat: 36.0 + (k / 1_400 % 850) as f64 / 100.0,
        }
    })
}
