//! The sample application: a static program of a few instructions for linux/amd64 and
//! linux/arm64, written as an ELF file, so that the sample image runs anywhere without a compiler.
//!
//! Source: System V ABI, chapters 4 and 5 (ELF header, program header); the instructions are
//! `write(1, message, length)` and `exit(0)`.

const LOAD_ADDRESS: u64 = 0x40_0000;
const HEADERS: u64 = 64 + 56;

/// The machine a program is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Machine {
    /// x86-64.
    Amd64,
    /// AArch64.
    Arm64,
}

/// A program that prints `message` and exits with 0.
pub(super) fn program(machine: Machine, message: &str) -> Vec<u8> {
    let code = match machine {
        Machine::Amd64 => amd64(message.len() as u32),
        Machine::Arm64 => arm64(message.len() as u16),
    };
    let size = HEADERS + code.len() as u64 + message.len() as u64;
    let mut file = elf_header(machine);
    file.extend(program_header(size));
    file.extend(code);
    file.extend(message.as_bytes());
    file
}

fn elf_header(machine: Machine) -> Vec<u8> {
    let number: u16 = match machine {
        Machine::Amd64 => 62,
        Machine::Arm64 => 183,
    };
    let mut header = vec![0x7f, b'E', b'L', b'F', 2, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    header.extend(2u16.to_le_bytes()); // an executable
    header.extend(number.to_le_bytes());
    header.extend(1u32.to_le_bytes());
    header.extend((LOAD_ADDRESS + HEADERS).to_le_bytes()); // entry
    header.extend(64u64.to_le_bytes()); // program headers start here
    header.extend(0u64.to_le_bytes()); // no section headers
    header.extend(0u32.to_le_bytes());
    for half in [64u16, 56, 1, 0, 0, 0] {
        header.extend(half.to_le_bytes());
    }
    header
}

fn program_header(size: u64) -> Vec<u8> {
    let mut header = Vec::new();
    header.extend(1u32.to_le_bytes()); // loaded
    header.extend(5u32.to_le_bytes()); // readable, executable
    for word in [0, LOAD_ADDRESS, LOAD_ADDRESS, size, size, 0x1_0000] {
        header.extend(word.to_le_bytes());
    }
    header
}

fn amd64(length: u32) -> Vec<u8> {
    let mut code = vec![0xb8, 1, 0, 0, 0, 0xbf, 1, 0, 0, 0]; // eax = write, edi = 1
    // rsi = message: the instructions after this one take 5 + 2 + 5 + 2 + 2 bytes.
    code.extend([0x48, 0x8d, 0x35, 16, 0, 0, 0]);
    code.push(0xba);
    code.extend(length.to_le_bytes()); // edx = length
    code.extend([0x0f, 0x05]); // syscall
    code.extend([0xb8, 60, 0, 0, 0, 0x31, 0xff, 0x0f, 0x05]); // exit(0)
    code
}

fn arm64(length: u16) -> Vec<u8> {
    let instructions: [u32; 8] = [
        0xd280_0020,                            // mov x0, #1
        0x1000_00e1,                            // adr x1, message (7 instructions on)
        0xd280_0002 | (u32::from(length) << 5), // mov x2, #length
        0xd280_0808,                            // mov x8, #64 (write)
        0xd400_0001,                            // svc #0
        0xd280_0000,                            // mov x0, #0
        0xd280_0ba8,                            // mov x8, #93 (exit)
        0xd400_0001,                            // svc #0
    ];
    instructions
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_have_their_sizes() {
        assert_eq!(elf_header(Machine::Amd64).len(), 64);
        assert_eq!(program_header(0).len(), 56);
    }

    #[test]
    fn the_message_follows_the_code() {
        // adr of the second instruction must reach over the seven from it to the end.
        assert_eq!(arm64(1).len(), 32);
        // lea's displacement counts from its own end.
        let code = amd64(1);
        assert_eq!(code.len() - 17, 16);
    }

    #[cfg(all(
        target_os = "linux",
        any(target_arch = "x86_64", target_arch = "aarch64")
    ))]
    #[test]
    fn it_runs_on_this_machine() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("hello");
        let machine = if cfg!(target_arch = "x86_64") {
            Machine::Amd64
        } else {
            Machine::Arm64
        };
        std::fs::write(&path, program(machine, "hello\n")).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
        let output = std::process::Command::new(&path).output().unwrap();
        assert!(output.status.success());
        assert_eq!(output.stdout, b"hello\n");
    }
}
