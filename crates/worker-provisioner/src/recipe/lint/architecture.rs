use super::Problem;
use crate::recipe::declared::{Declared, Value};

/// `arch`, of the recipe and of its packages; for `architecture`, if it shall be built.
pub(super) fn check(declared: &Declared, architecture: Option<&str>, problems: &mut Vec<Problem>) {
    let names = declared.array("arch");
    if names.iter().any(|name| name == "any") {
        if names.len() > 1 {
            let message = "has any beside other architectures";
            let remedy = "write arch=(any), or name the others only";
            problems
                .push(Problem::error("any-beside-others", "arch", message, remedy).about("any"));
        }
        return;
    }
    for name in names {
        if name.contains(|c: char| !c.is_alphanumeric() && c != '_') {
            let message = format!("has {name:?}");
            let remedy = "an architecture is made of letters, digits and _";
            problems.push(Problem::error("bad-architecture", "arch", message, remedy).about(name));
        }
    }
    let Some(architecture) = architecture else { return };
    if names.is_empty() {
        let remedy = "name what it can be built for: arch=(x86_64), or arch=(any)";
        problems.push(Problem::error("missing", "arch", "is missing or empty", remedy));
        return;
    }
    // Recipes that set these two mean it, and makepkg goes by them.
    let own = declared.string("CARCH");
    let architecture = if own.is_empty() { architecture } else { own };
    if !matches!(declared.string("IGNOREARCH"), "" | "0") {
        return;
    }
    let missing = |has: &[String]| {
        let message = format!("is {}, and this host is {architecture}", has.join(", "));
        let remedy = format!("add {architecture} if it builds there");
        Problem::error("architecture-missing", "arch", message, remedy)
    };
    if !names.iter().any(|name| name == architecture) {
        problems.push(missing(names));
        return;
    }
    for (package, variables) in &declared.packages {
        let Some(own) = variables.get("arch").map(Value::as_slice) else { continue };
        let first = own.first().map_or("", String::as_str);
        if !matches!(first, "" | "any") && !own.iter().any(|name| name == architecture) {
            problems.push(missing(own).of(Some(package)));
        }
    }
}
