//! Lists as offices write them in their languages: headings, what a thing is, what came of it and when.

#![allow(clippy::unwrap_used)]

use std::ops::ControlFlow;
use stele_formats::columns::{Field, LOOKED_AT, each, propose};
use stele_formats::table::{Limits, Table};
use stele_model::{Category, Predicate};

/// Two rows under their headings, and what each row is said to be.
struct List {
    language: &'static str,
    text: &'static str,
    says: [(Category, Predicate); 2],
}

const LISTS: [List; 15] = [
    List {
        language: "Amharic",
        text: "ስም,ዓይነት,ክልል,ወረዳ,ኬክሮስ,ኬንትሮስ,ሁኔታ,ቀን\nደብረ ዳሞ,ገዳም,ትግራይ,አድዋ,14.37,39.29,ተጎድቷል,2021-02-11\nአል ነጃሺ,መስጊድ,ትግራይ,ውቅሮ,13.87,39.60,ወድሟል,2020-11-26",
        says: [
            (Category::Monastery, Predicate::Damaged),
            (Category::Mosque, Predicate::Destroyed),
        ],
    },
    List {
        language: "Arabic",
        text: "الاسم,النوع,المحافظة,المديرية,خط العرض,خط الطول,حالة الضرر,تاريخ الضرر\nالجامع الكبير,مسجد,صنعاء,صنعاء القديمة,15.3531,44.2147,متضرر,2015-06-12\nالمركز الثقافي,مركز ثقافي,ذمار,مدينة ذمار,14.5427,44.4051,مدمر,2015-05-21",
        says: [
            (Category::Mosque, Predicate::Damaged),
            (Category::CulturalCentre, Predicate::Destroyed),
        ],
    },
    List {
        language: "Armenian",
        text: "Անվանում,Տեսակ,Մարզ,Համայնք,Լայնություն,Երկայնություն,Վիճակ,Ամսաթիվ\nՍուրբ Ամենափրկիչ,եկեղեցի,Շուշի,Շուշի,39.7587,46.7469,վնասված,2020-10-08\nՇահումյանի,գրադարան,Շահումյան,Կարաչինար,40.41,46.56,ավերված,2020-11",
        says: [
            (Category::Church, Predicate::Damaged),
            (Category::Library, Predicate::Destroyed),
        ],
    },
    List {
        language: "Azerbaijani",
        text: "Adı,Növü,Rayon,Kənd,Enlik,Uzunluq,Vəziyyəti,Tarix\nGövhər ağa,məscid,Şuşa,Şuşa,39.7620,46.7500,dağıdılıb,1992-05-08\nKənd,mədəniyyət evi,Qubadlı,Xanlıq,39.33,46.57,zədələnib,1993-08-31",
        says: [
            (Category::Mosque, Predicate::Destroyed),
            (Category::CulturalCentre, Predicate::Damaged),
        ],
    },
    List {
        language: "Burmese",
        text: "အမည်,အမျိုးအစား,တိုင်းဒေသကြီး,မြို့နယ်,လတ္တီတွဒ်,လောင်ဂျီတွဒ်,အခြေအနေ,ရက်စွဲ\nထန်တလန်,ဘုရားကျောင်း,ချင်း,ထန်တလန်,22.7,93.4,မီးလောင်,2021-10-29\nမြို့,စာကြည့်တိုက်,ချင်း,ဖလမ်း,22.9,93.6,ပျက်စီး,2021-11-02",
        says: [
            (Category::Church, Predicate::Burned),
            (Category::Library, Predicate::Damaged),
        ],
    },
    List {
        language: "Chinese",
        text: "名称,类型,省,县,纬度,经度,损坏情况,日期\n大清真寺,清真寺,阿勒颇,阿勒颇,36.199,37.156,损坏,2013-04-24\n古城,遗址,霍姆斯,塔德穆尔,34.55,38.27,摧毁,2015-08-30",
        says: [
            (Category::Mosque, Predicate::Damaged),
            (Category::ArchaeologicalSite, Predicate::Destroyed),
        ],
    },
    List {
        language: "French",
        text: "Nom,Type,Région,Commune,Latitude,Longitude,État,Date\nSidi Mahmoud,mausolée,Tombouctou,Tombouctou,16.77,-3.00,détruit,2012-06-30\nAhmed Baba,bibliothèque,Tombouctou,Tombouctou,16.775,-3.009,pillé,2013-01-28",
        says: [
            (Category::Mausoleum, Predicate::Destroyed),
            (Category::Library, Predicate::Looted),
        ],
    },
    List {
        language: "Georgian",
        text: "დასახელება,ტიპი,რეგიონი,სოფელი,განედი,გრძედი,მდგომარეობა,თარიღი\nიკორთა,ეკლესია,შიდა ქართლი,იკორთა,42.1,44.2,დაზიანებული,2008-08-09\nერგნეთი,კულტურის სახლი,შიდა ქართლი,ერგნეთი,42.2,44.0,განადგურებული,2008-08-10",
        says: [
            (Category::Church, Predicate::Damaged),
            (Category::CulturalCentre, Predicate::Destroyed),
        ],
    },
    List {
        language: "Hebrew",
        text: "שם,סוג,מחוז,ישוב,קו רוחב,קו אורך,מצב,תאריך\nבית הכנסת,בית כנסת,הדרום,עזה,31.5,34.46,הרוס,2023-10-19\nהמוזיאון,מוזיאון,הדרום,באר שבע,31.25,34.79,ניזוק,2025-06-20",
        says: [
            (Category::Synagogue, Predicate::Destroyed),
            (Category::Museum, Predicate::Damaged),
        ],
    },
    List {
        language: "Persian",
        text: "نام,نوع,استان,شهرستان,عرض جغرافیایی,طول جغرافیایی,وضعیت,تاریخ\nمسجد جامع,مسجد,خوزستان,خرمشهر,30.43,48.17,ویران شده,1980-10-26\nکتابخانه عمومی,کتابخانه,خوزستان,آبادان,30.34,48.29,آسیب دیده,1981-02-03",
        says: [
            (Category::Mosque, Predicate::Destroyed),
            (Category::Library, Predicate::Damaged),
        ],
    },
    List {
        language: "Russian",
        text: "Наименование,Тип объекта,Область,Район,Широта,Долгота,Состояние,Дата\nСуджанский,дом культуры,Курская,Суджанский,51.19,35.27,разрушен,10.08.2024\nСвято-Троицкий,церковь,Курская,Суджанский,51.2,35.3,повреждён,11.08.2024",
        says: [
            (Category::CulturalCentre, Predicate::Destroyed),
            (Category::Church, Predicate::Damaged),
        ],
    },
    List {
        language: "Serbian",
        text: "Назив,Врста,Округ,Општина,Географска ширина,Географска дужина,Стање,Датум\nСвети Илија,црква,Призренски,Сува Река,42.36,20.82,уништена,1999-07-12\nНародна,библиотека,Приштински,Приштина,42.66,21.16,оштећена,1999-07-20",
        says: [
            (Category::Church, Predicate::Destroyed),
            (Category::Library, Predicate::Damaged),
        ],
    },
    List {
        language: "Spanish",
        text: "Nombre,Tipo,Departamento,Municipio,Latitud,Longitud,Estado,Fecha\nSan Pablo,iglesia,Chocó,Bojayá,6.55,-76.88,destruida,2002-05-02\nMunicipal,biblioteca,Cauca,Toribío,2.95,-76.27,dañada,2011-07-09",
        says: [
            (Category::Church, Predicate::Destroyed),
            (Category::Library, Predicate::Damaged),
        ],
    },
    List {
        language: "Turkish",
        text: "Adı,Türü,İl,İlçe,Enlem,Boylam,Durumu,Tarih\nUlu,cami,Hatay,Antakya,36.2,36.16,yıkıldı,2023-02-06\nHalk,kütüphane,Hatay,Samandağ,36.08,35.97,hasarlı,2023-02-06",
        says: [
            (Category::Mosque, Predicate::Destroyed),
            (Category::Library, Predicate::Damaged),
        ],
    },
    List {
        language: "Ukrainian",
        text: "Назва об'єкта,Вид об'єкта,Область,Громада,Пн. ш.,Сх. д.,Ступінь пошкодження,Дата\nРіздва,церква,Чернігівська,Киїнська,51.35,31.40,зруйновано,09.03.2022\nМіська,бібліотека,Харківська,Ізюмська,49.2,37.25,пошкоджено,12.03.2022",
        says: [
            (Category::Church, Predicate::Destroyed),
            (Category::Library, Predicate::Damaged),
        ],
    },
];

#[test]
fn a_list_is_read_in_the_language_it_is_written_in() {
    let mut problems = Vec::new();
    for list in LISTS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, list.text).unwrap();
        let table = Table::open(&path, None, &Limits::default()).unwrap();
        let guess = propose(&table, &table.first(LOOKED_AT).unwrap());
        let mut wrong = |what: String| problems.push(format!("{}: {what}", list.language));
        if !guess.questions.is_empty() {
            wrong(format!("{:?}", guess.questions));
        }
        for column in &table.columns {
            if !guess.mapping.columns.contains_key(column) {
                wrong(format!("“{column}” is not understood"));
            }
        }
        let mut row = 0;
        each(&table, &guess.mapping, &mut |next| {
            let draft = next.unwrap();
            let condition = draft.condition.as_ref();
            let said = condition.map(|condition| (draft.category, condition.predicate));
            if said != Some(list.says[row]) {
                wrong(format!("{said:?} is not {:?}", list.says[row]));
            }
            let whole = draft.location.is_some()
                && draft.areas.len() == 2
                && condition.is_some_and(|condition| condition.event.is_some());
            if !whole || !draft.unread.is_empty() {
                wrong(format!("{draft:?}"));
            }
            row += 1;
            ControlFlow::Continue(())
        })
        .unwrap();
        assert_eq!(row, 2, "{}", list.language);
    }
    assert!(problems.is_empty(), "{}", problems.join("\n"));
}

#[test]
fn a_bare_date_is_of_what_the_list_shows() {
    let field = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("list.csv");
        std::fs::write(&path, text).unwrap();
        let table = Table::open(&path, None, &Limits::default()).unwrap();
        let guess = propose(&table, &table.first(LOOKED_AT).unwrap());
        (guess.mapping.columns.get("Date").cloned(), guess.questions)
    };
    // Years of long ago are of the building, days beside what came of it of the event.
    let (old, _) = field("Name,Type,Date\nMill,bridge,1875\nGate,castle,1790s\n");
    assert_eq!(old, Some(Field::Made));
    let (day, _) = field("Name,Damage,Date\nMill,destroyed,2022-03-09\nGate,damaged,2022-03-10\n");
    assert_eq!(day, Some(Field::Event));
    // A year by itself may be either: nobody is told that a mosque destroyed in 1993 was built in it.
    let (year, asked) = field("Name,Damage,Date\nMill,destroyed,1993\nGate,damaged,1993\n");
    assert_eq!(year, None);
    assert!(
        asked
            .iter()
            .any(|q| q.contains("\"Date\" is a date; of what?")),
        "{asked:?}"
    );
    let (day, asked) = field("Name,Type,Date\nMill,bridge,2022-03-09\nGate,castle,2022-03-10\n");
    assert_eq!((day, asked.len()), (None, 1));
}
