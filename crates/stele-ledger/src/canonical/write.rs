//! Writing canonical JSON, straight from what serde tells of a value.
//! `serde_json_canonicalizer` 0.4 passes the vectors too, but rounds integers
//! above 2^53 without a word, and wrote 214,000 of the records of
//! `benches/ledger.rs` in a second where the writer before this one wrote 934,000.

use super::key_order;
use super::scan::Limits;
use crate::error::excerpt;
use crate::{CanonicalFault, Error, Result};
use serde::ser::{self, Serialize, Serializer};
use serde_json::Value;
use std::borrow::Cow;
use std::fmt::Display;

/// The canonical bytes of anything that serde can turn into JSON.
///
/// ```
/// # use stele_ledger::canonical::to_bytes;
/// let value = serde_json::json!({"b": 1.0, "a": "é"});
/// assert_eq!(to_bytes(&value)?, r#"{"a":"é","b":1}"#.as_bytes());
/// # Ok::<(), stele_ledger::Error>(())
/// ```
///
/// # Errors
/// [`Error::NotCanonical`] if a number cannot be held by a double as written
/// or is none, if a key stands twice, if the nesting exceeds [`Limits`], or if
/// serde refuses.
pub fn to_bytes<T: Serialize + ?Sized>(value: &T) -> Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(512);
    write(value, &mut bytes)?;
    Ok(bytes)
}

/// Appends the canonical bytes of a value. After an error `out` holds a part.
///
/// # Errors
/// As [`to_bytes`].
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<()> {
    let depth = Limits::default().depth;
    value.serialize(To { out, depth }).map_err(|Fault(e)| e)
}

/// The canonical text of a value that stands within others, so many levels deep.
pub(crate) fn to_text<T: Serialize + ?Sized>(value: &T, within: usize) -> Result<String> {
    let mut bytes = Vec::with_capacity(1024);
    let depth = Limits::default().depth.saturating_sub(within);
    let to = To {
        out: &mut bytes,
        depth,
    };
    value.serialize(to).map_err(|Fault(e)| e)?;
    String::from_utf8(bytes).map_err(|_| refuse(CanonicalFault::Utf8).0)
}

/// Appends a string as canonical JSON, RFC 8785, section 3.2.2.2.
pub fn write_str(text: &str, out: &mut Vec<u8>) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    out.push(b'"');
    let mut rest = text.as_bytes();
    while let Some(at) = rest.iter().position(|byte| IS_ESCAPED[usize::from(*byte)]) {
        let (plain, from) = rest.split_at(at);
        out.extend_from_slice(plain);
        let byte = from[0];
        rest = &from[1..];
        match byte {
            b'"' | b'\\' => out.extend_from_slice(&[b'\\', byte]),
            0x08 => out.extend_from_slice(b"\\b"),
            b'\t' => out.extend_from_slice(b"\\t"),
            b'\n' => out.extend_from_slice(b"\\n"),
            0x0C => out.extend_from_slice(b"\\f"),
            b'\r' => out.extend_from_slice(b"\\r"),
            _ => {
                out.extend_from_slice(b"\\u00");
                out.push(DIGITS[usize::from(byte >> 4)]);
                out.push(DIGITS[usize::from(byte & 15)]);
            }
        }
    }
    out.extend_from_slice(rest);
    out.push(b'"');
}

/// Bytes that a string cannot hold as they are.
const IS_ESCAPED: [bool; 256] = {
    let mut is = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        is[byte] = true;
        byte += 1;
    }
    is[b'"' as usize] = true;
    is[b'\\' as usize] = true;
    is
};

/// Up to here every integer is a double and printed by its own digits.
const SAFE: u64 = 1 << 53;

/// Writes a double as ECMAScript does, RFC 8785, section 3.2.2.3.
fn write_double(double: f64, out: &mut Vec<u8>) -> Written {
    if !double.is_finite() {
        return Err(inexact(double));
    }
    out.extend_from_slice(ryu_js::Buffer::new().format_finite(double).as_bytes());
    Ok(())
}

/// A larger integer may be written only if its digits survive: an identifier
/// that is silently another identifier is worse than an error.
fn write_integer(digits: &str, size: u64, double: f64, out: &mut Vec<u8>) -> Written {
    if size > SAFE && ryu_js::Buffer::new().format_finite(double) != digits {
        return Err(inexact(digits));
    }
    out.extend_from_slice(digits.as_bytes());
    Ok(())
}

fn inexact(number: impl Display) -> Fault {
    refuse(CanonicalFault::InexactNumber(excerpt(&number.to_string())))
}

fn refuse(fault: CanonicalFault) -> Fault {
    Fault(Error::NotCanonical {
        offset: 0,
        path: String::new(),
        fault,
    })
}

/// What serde is told when a value has no canonical form.
#[derive(Debug)]
struct Fault(Error);

type Written<T = ()> = std::result::Result<T, Fault>;

impl Fault {
    fn within(self, step: &str) -> Fault {
        Fault(within(self.0, step))
    }
}

impl Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Fault {}

impl ser::Error for Fault {
    fn custom<T: Display>(message: T) -> Self {
        refuse(CanonicalFault::NotJson(message.to_string()))
    }
}

/// Puts a key or an index in front of an error's path (RFC 6901).
pub(super) fn within(error: Error, step: &str) -> Error {
    match error {
        Error::NotCanonical {
            offset,
            path,
            fault,
        } => {
            let step = excerpt(step).replace('~', "~0").replace('/', "~1");
            Error::NotCanonical {
                offset,
                path: format!("/{step}{path}"),
                fault,
            }
        }
        other => other,
    }
}

/// Where one value is written.
struct To<'o> {
    out: &'o mut Vec<u8>,
    /// Levels that may yet be opened.
    depth: usize,
}

impl<'o> To<'o> {
    fn list(self) -> Written<List<'o>> {
        let depth = self.deeper()?;
        self.out.push(b'[');
        Ok(List {
            out: self.out,
            depth,
            count: 0,
            in_variant: false,
        })
    }

    fn object(self, members: usize) -> Written<Object<'o>> {
        let depth = self.deeper()?;
        self.out.push(b'{');
        Ok(Object {
            begun: self.out.len(),
            out: self.out,
            depth,
            members: Vec::with_capacity(members),
            key: None,
            in_variant: false,
        })
    }

    fn deeper(&self) -> Written<usize> {
        let all = Limits::default().depth;
        let less = self.depth.checked_sub(1);
        less.ok_or_else(|| refuse(CanonicalFault::Depth(all)))
    }

    /// Opens an object whose one member is the variant's.
    fn variant(self, variant: &str) -> Written<To<'o>> {
        let depth = self.deeper()?;
        self.out.push(b'{');
        write_str(variant, self.out);
        self.out.push(b':');
        Ok(To {
            out: self.out,
            depth,
        })
    }
}

impl<'o> Serializer for To<'o> {
    type Ok = ();
    type Error = Fault;
    type SerializeSeq = List<'o>;
    type SerializeTuple = List<'o>;
    type SerializeTupleStruct = List<'o>;
    type SerializeTupleVariant = List<'o>;
    type SerializeMap = Object<'o>;
    type SerializeStruct = Object<'o>;
    type SerializeStructVariant = Object<'o>;

    fn serialize_bool(self, value: bool) -> Written {
        let text: &[u8] = if value { b"true" } else { b"false" };
        self.out.extend_from_slice(text);
        Ok(())
    }

    fn serialize_i8(self, value: i8) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i16(self, value: i16) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i32(self, value: i32) -> Written {
        self.serialize_i64(value.into())
    }

    fn serialize_i64(self, value: i64) -> Written {
        let mut digits = itoa::Buffer::new();
        write_integer(
            digits.format(value),
            value.unsigned_abs(),
            value as f64,
            self.out,
        )
    }

    fn serialize_u8(self, value: u8) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u16(self, value: u16) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u32(self, value: u32) -> Written {
        self.serialize_u64(value.into())
    }

    fn serialize_u64(self, value: u64) -> Written {
        let mut digits = itoa::Buffer::new();
        write_integer(digits.format(value), value, value as f64, self.out)
    }

    fn serialize_f32(self, value: f32) -> Written {
        self.serialize_f64(value.into())
    }

    fn serialize_f64(self, value: f64) -> Written {
        write_double(value, self.out)
    }

    fn serialize_char(self, value: char) -> Written {
        self.serialize_str(value.encode_utf8(&mut [0; 4]))
    }

    fn serialize_str(self, value: &str) -> Written {
        write_str(value, self.out);
        Ok(())
    }

    fn serialize_bytes(self, value: &[u8]) -> Written {
        self.collect_seq(value)
    }

    fn serialize_none(self) -> Written {
        self.serialize_unit()
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Written {
        value.serialize(self)
    }

    fn serialize_unit(self) -> Written {
        self.out.extend_from_slice(b"null");
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Written {
        self.serialize_unit()
    }

    fn serialize_unit_variant(self, _: &'static str, _: u32, variant: &'static str) -> Written {
        self.serialize_str(variant)
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        value: &T,
    ) -> Written {
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Written {
        let To { out, depth } = self.variant(variant)?;
        let inner = To {
            out: &mut *out,
            depth,
        };
        value.serialize(inner).map_err(|f| f.within(variant))?;
        out.push(b'}');
        Ok(())
    }

    fn serialize_seq(self, _: Option<usize>) -> Written<List<'o>> {
        self.list()
    }

    fn serialize_tuple(self, _: usize) -> Written<List<'o>> {
        self.list()
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Written<List<'o>> {
        self.list()
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> Written<List<'o>> {
        let mut list = self.variant(variant)?.list()?;
        list.in_variant = true;
        Ok(list)
    }

    fn serialize_map(self, members: Option<usize>) -> Written<Object<'o>> {
        // Whoever says how many there are may be wrong by any number.
        self.object(members.unwrap_or_default().min(64))
    }

    fn serialize_struct(self, name: &'static str, members: usize) -> Written<Object<'o>> {
        if name == "$serde_json::private::RawValue" {
            let raw = "text that is JSON already has no canonical form of its own";
            return Err(ser::Error::custom(raw));
        }
        self.object(members)
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        members: usize,
    ) -> Written<Object<'o>> {
        let mut object = self.variant(variant)?.object(members)?;
        object.in_variant = true;
        Ok(object)
    }
}

/// A list that is being written.
struct List<'o> {
    out: &'o mut Vec<u8>,
    depth: usize,
    count: usize,
    in_variant: bool,
}

impl List<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        if self.count > 0 {
            self.out.push(b',');
        }
        let to = To {
            out: &mut *self.out,
            depth: self.depth,
        };
        let index = self.count;
        self.count += 1;
        value
            .serialize(to)
            .map_err(|fault| fault.within(&index.to_string()))
    }

    fn close(self) -> Written {
        self.out
            .extend_from_slice(if self.in_variant { b"]}" } else { b"]" });
        Ok(())
    }
}

/// An object that is being written: its members come in any order.
struct Object<'o> {
    out: &'o mut Vec<u8>,
    depth: usize,
    /// Where the first member stands.
    begun: usize,
    members: Vec<Member>,
    /// A key whose value comes next.
    key: Option<String>,
    in_variant: bool,
}

struct Member {
    key: Cow<'static, str>,
    /// Where it stands in the bytes, a comma behind each but the last.
    from: usize,
    to: usize,
}

impl Object<'_> {
    fn add<T: Serialize + ?Sized>(&mut self, key: Cow<'static, str>, value: &T) -> Written {
        if !self.members.is_empty() {
            self.out.push(b',');
        }
        let from = self.out.len();
        write_str(&key, self.out);
        self.out.push(b':');
        let to = To {
            out: &mut *self.out,
            depth: self.depth,
        };
        value.serialize(to).map_err(|fault| fault.within(&key))?;
        let to = self.out.len();
        self.members.push(Member { key, from, to });
        Ok(())
    }

    fn close(mut self) -> Written {
        let in_order = |a: &Member, b: &Member| key_order(&a.key, &b.key).is_lt();
        if !self.members.is_sorted_by(in_order) {
            self.sort()?;
        }
        self.out
            .extend_from_slice(if self.in_variant { b"}}" } else { b"}" });
        Ok(())
    }

    fn sort(&mut self) -> Written {
        self.members
            .sort_unstable_by(|a, b| key_order(&a.key, &b.key));
        if let Some(twice) = self.members.windows(2).find(|two| two[0].key == two[1].key) {
            let key = excerpt(&twice[0].key);
            return Err(refuse(CanonicalFault::DuplicateKey(key)));
        }
        let as_told = self.out.split_off(self.begun);
        for (i, member) in self.members.iter().enumerate() {
            if i > 0 {
                self.out.push(b',');
            }
            let member = member.from - self.begun..member.to - self.begun;
            self.out.extend_from_slice(&as_told[member]);
        }
        Ok(())
    }
}

/// serde tells lists by four names and objects by two; they are written alike.
macro_rules! told_as {
    ($written:ident: $($told:ident by $add:ident($($key:ident)?);)+) => {
        $(impl ser::$told for $written<'_> {
            type Ok = ();
            type Error = Fault;

            fn $add<T: Serialize + ?Sized>(
                &mut self,
                $($key: &'static str,)?
                value: &T,
            ) -> Written {
                self.add($(Cow::Borrowed($key),)? value)
            }

            fn end(self) -> Written {
                self.close()
            }
        })+
    };
}

told_as! { List:
    SerializeSeq by serialize_element();
    SerializeTuple by serialize_element();
    SerializeTupleStruct by serialize_field();
    SerializeTupleVariant by serialize_field();
}
told_as! { Object:
    SerializeStruct by serialize_field(key);
    SerializeStructVariant by serialize_field(key);
}

impl ser::SerializeMap for Object<'_> {
    type Ok = ();
    type Error = Fault;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Written {
        match serde_json::to_value(key) {
            Ok(Value::String(key)) => {
                self.key = Some(key);
                Ok(())
            }
            _ => Err(ser::Error::custom("a key must be a text")),
        }
    }

    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Written {
        let key = self.key.take().unwrap_or_default();
        self.add(Cow::Owned(key), value)
    }

    fn end(self) -> Written {
        self.close()
    }
}
