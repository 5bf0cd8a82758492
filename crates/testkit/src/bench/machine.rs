//! On what it was measured: no figure stands without it.

/// Processor, number of cores, memory, how it was built.
pub fn description() -> String {
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let value = |text: &str, name: &str| {
        let line = text.lines().find(|line| line.starts_with(name));
        line.and_then(|line| line.split_once(':'))
            .map(|(_, value)| value.trim().to_owned())
            .unwrap_or_default()
    };
    let processor = value(&read("/proc/cpuinfo"), "model name");
    let memory_kib: u64 =
        value(&read("/proc/meminfo"), "MemTotal").trim_end_matches(" kB").parse().unwrap_or(0);
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let profile = if cfg!(debug_assertions) { "development, unoptimised" } else { "release" };
    let processor = if processor.is_empty() { std::env::consts::ARCH.to_owned() } else { processor };
    format!("{processor}, {cores} cores, {} MiB of memory; build profile: {profile}", memory_kib / 1_024)
}

/// Memory of this process that is in use now, in MiB; 0 where the system does not say.
pub fn resident_mib() -> u64 {
    resident_mib_of("self")
}

/// The same in bytes, to the page.
pub fn resident_bytes() -> u64 {
    const PAGE: u64 = 4_096;
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    text.split(' ').nth(1).and_then(|pages| pages.parse::<u64>().ok()).unwrap_or(0) * PAGE
}

/// Processes that ran or waited for a processor over the last minute: what else the machine did.
pub fn load_average() -> String {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().unwrap_or_default().to_owned()
}

/// The same as [`resident_mib`] of another process, by its number.
pub fn resident_mib_of(process: &str) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: u64 = line.and_then(|line| line.trim().trim_end_matches(" kB").trim().parse().ok()).unwrap_or(0);
    kib / 1_024
}
