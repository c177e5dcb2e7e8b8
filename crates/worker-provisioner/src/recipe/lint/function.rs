use super::Problem;
use crate::recipe::declared::Declared;

/// The functions that put the packages together.
pub(super) fn check(declared: &Declared, problems: &mut Vec<Problem>) {
    let names = declared.package_names();
    let plain = declared.has_function("package");
    let own = |name: &String| declared.has_function(&format!("package_{name}"));
    let mut error = |rule, field: &str, message: String, remedy: String| {
        problems.push(Problem::error(rule, field, message, remedy));
    };
    if let [name] = names {
        if plain && own(name) {
            let message = format!("is there beside package_{name}()");
            error("ambiguous-package", "package()", message, "remove one of them".to_owned());
        } else if declared.has_function("build") && !plain && !own(name) {
            let message = "is missing, though there is a build()".to_owned();
            let remedy = "write one that installs into \"$pkgdir\"".to_owned();
            error("missing-package", "package()", message, remedy);
        }
    } else {
        if plain {
            let message = format!("is ambiguous: there are {} packages", names.len());
            let remedy = "write a package_NAME() for each".to_owned();
            error("ambiguous-package", "package()", message, remedy);
        }
        for name in names.iter().filter(|name| !own(name)) {
            let message = "is missing".to_owned();
            let remedy = format!("write one for the package {name}, or take it out of pkgname");
            error("missing-package", &format!("package_{name}()"), message, remedy);
        }
    }
}
