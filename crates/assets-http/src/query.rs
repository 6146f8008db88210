//! Query strings, read strictly: a parameter that is unknown, repeated where it may not be, or makes no sense is named.

use std::collections::BTreeMap;

use actix_web::HttpRequest;

use crate::problem::{FieldProblem, Problem};

/// The parameters of a request, and what is wrong with them so far.
pub(crate) struct Query {
    /// Where they stand: in the query string, or in a body.
    place: &'static str,
    parameters: BTreeMap<String, Vec<String>>,
    errors: Vec<FieldProblem>,
}

impl Query {
    pub(crate) fn parse(request: &HttpRequest) -> Self {
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in url::form_urlencoded::parse(request.query_string().as_bytes()) {
            parameters.entry(name.into_owned()).or_default().push(value.into_owned());
        }
        Self { place: "query", parameters, errors: Vec::new() }
    }

    /// The same that stand in a body.
    pub(crate) fn in_body(stated: impl IntoIterator<Item = (String, String)>) -> Self {
        let mut parameters: BTreeMap<String, Vec<String>> = BTreeMap::new();
        for (name, value) in stated {
            parameters.entry(name).or_default().push(value);
        }
        Self { place: "body", parameters, errors: Vec::new() }
    }

    /// A parameter that may be sent once.
    pub(crate) fn one<T>(&mut self, name: &str, kind: &str, rule: &str, read: impl FnOnce(&str) -> Option<T>) -> Option<T> {
        let values = self.parameters.remove(name)?;
        match values.as_slice() {
            [only] => {
                let value = read(only);
                if value.is_none() {
                    self.refuse(name, kind, rule);
                }
                value
            }
            _ => {
                self.refuse(name, "repeated", "must be sent once");
                None
            }
        }
    }

    /// A parameter that may be repeated.
    pub(crate) fn many<T, C: FromIterator<T>>(&mut self, name: &str, kind: &str, rule: &str, read: impl Fn(&str) -> Option<T>) -> C {
        let values = self.parameters.remove(name).unwrap_or_default();
        let read: Vec<Option<T>> = values.iter().map(|value| read(value)).collect();
        if read.iter().any(Option::is_none) {
            self.refuse(name, kind, rule);
        }
        read.into_iter().flatten().collect()
    }

    /// Names everything that was wrong, and every parameter that nobody asked for.
    ///
    /// # Errors
    /// There was something.
    pub(crate) fn finish(mut self) -> Result<(), Problem> {
        for name in std::mem::take(&mut self.parameters).into_keys() {
            self.refuse(&name, "unknown_parameter", "is not a parameter of this operation");
        }
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }

    /// Names everything that was wrong. Other parameters are passed over, as by every operation that takes none.
    ///
    /// # Errors
    /// There was something.
    pub(crate) fn finish_alone(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::invalid(self.errors)) }
    }

    fn refuse(&mut self, name: &str, kind: &str, rule: &str) {
        self.errors.push(FieldProblem::at(&[self.place, name], kind, rule));
    }
}
