//! The real `bootstrap` binaries as the functions' processes.

use local_cloud::clock::Clock;
use local_cloud::functions::FunctionSpec;
pub use local_cloud::functions::process::BootstrapProcess;
use local_cloud::functions::process::Program;

use super::binaries::bootstraps;

/// The binary that `spec` names, with the settings the template gives it and AWS at `endpoint_url`.
pub fn process_of(spec: &FunctionSpec, endpoint_url: &str, clock: Clock) -> Result<BootstrapProcess, String> {
    let binary = bootstraps().get(&spec.binary);
    let program = Program {
        path: binary
            .ok_or_else(|| format!("there is no binary {}", spec.binary))?
            .clone(),
        ..Program::default()
    };
    Ok(BootstrapProcess::new(program, spec, endpoint_url, clock))
}
