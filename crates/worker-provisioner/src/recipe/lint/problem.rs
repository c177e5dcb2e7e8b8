use std::fmt;

/// How bad a problem is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Severity {
    /// The recipe is refused.
    Error,
    /// The recipe can be used; it should be better.
    Warning,
}

/// One thing that is wrong with a recipe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Problem {
    /// How bad it is.
    pub(crate) severity: Severity,
    /// The rule that it breaks, a name that stays.
    pub(crate) rule: &'static str,
    /// The variable, or the function with its `()`.
    pub(crate) field: String,
    /// The package whose function sets the variable; none for a global one.
    pub(crate) package: Option<String>,
    /// The value, or the element of the array, that is wrong.
    pub(crate) element: Option<String>,
    /// What is wrong; it goes on after the field's name.
    pub(crate) message: String,
    /// What to do.
    pub(crate) remedy: String,
}

impl Problem {
    /// Something that makepkg or the hive refuses.
    pub(super) fn error(
        rule: &'static str,
        field: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity: Severity::Error,
            rule,
            field: field.to_owned(),
            package: None,
            element: None,
            message: message.into(),
            remedy: remedy.into(),
        }
    }

    /// Something that should be better.
    pub(super) fn warning(
        rule: &'static str,
        field: &str,
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self { severity: Severity::Warning, ..Self::error(rule, field, message, remedy) }
    }

    /// A name or version that makepkg takes, but not the store.
    pub(in crate::recipe) fn not_for_the_store(field: &str, reason: &str) -> Self {
        Self::error("bad-name", field, format!("is bad: {reason}"), "choose another")
    }

    /// The whole file has the line ends of another system.
    pub(in crate::recipe) fn carriage_return() -> Self {
        let message = "has carriage returns, which the shell takes for part of the words";
        let remedy = "convert its line ends: sed -i 's/\\r$//' PKGBUILD";
        Self::error("carriage-return", "PKGBUILD", message, remedy).about("\r")
    }

    /// It is in the function of this package, if of any.
    pub(super) fn of(self, package: Option<&str>) -> Self {
        Self { package: package.map(str::to_owned), ..self }
    }

    /// It is about this value.
    pub(super) fn about(self, element: &str) -> Self {
        Self { element: Some(element.to_owned()), ..self }
    }

    /// The field and what is wrong with it.
    pub(crate) fn to_string_without_remedy(&self) -> String {
        match &self.package {
            Some(package) => format!("{} of package {package} {}", self.field, self.message),
            None => format!("{} {}", self.field, self.message),
        }
    }

    /// Problems in one line.
    pub(in crate::recipe) fn list(problems: &[Self]) -> String {
        problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.to_string_without_remedy(), self.remedy)
    }
}
