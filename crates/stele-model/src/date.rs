//! stub
use serde::*;
/// d
#[derive(Debug,Clone,PartialEq,Eq,PartialOrd,Ord,Hash,Serialize,Deserialize)]
pub struct EdtfDate(String);
/// d
#[derive(Debug,Clone,Copy,PartialEq,Eq,PartialOrd,Ord,Hash)]
pub struct Day(pub i64);
impl EdtfDate { 
 /// d
 pub fn earliest(&self)->Option<Day>{None}
 /// d
 pub fn latest(&self)->Option<Day>{None}
 /// d
 pub fn in_words(&self)->String{self.0.clone()}
 /// d
 pub fn certainly_before(&self,_o:&EdtfDate)->bool{false} }
impl std::str::FromStr for EdtfDate { type Err=String; fn from_str(s:&str)->Result<Self,String>{Ok(EdtfDate(s.into()))} }
