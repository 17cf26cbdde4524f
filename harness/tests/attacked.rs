//! The devnet as a process of its own, and what strangers on the same machine can do to it.

#![cfg(target_os = "linux")]

use std::collections::BTreeSet;
use std::fs;
use std::net::TcpStream;
use std::process::{Command, Stdio};

use std::io::{BufRead, BufReader, Read};

/// The ports of the loopback address that a process listens on.
fn ports(process: u32) -> Vec<u16> {
    let sockets: BTreeSet<String> = fs::read_dir(format!("/proc/{process}/fd"))
        .expect("the process lives")
        .filter_map(|file| fs::read_link(file.expect("an entry").path()).ok())
        .filter_map(|link| {
            let name = link.to_str()?.strip_prefix("socket:[")?;
            Some(name.strip_suffix(']')?.to_owned())
        })
        .collect();
    let table = fs::read_to_string("/proc/net/tcp").expect("the table of sockets");
    let listening = table.lines().skip(1).filter_map(|line| {
        let columns: Vec<&str> = line.split_whitespace().collect();
        let is_listening = columns[3] == "0A" && sockets.contains(columns[9]);
        let (_, port) = columns[1].split_once(':')?;
        is_listening.then(|| u16::from_str_radix(port, 16).expect("a port"))
    });
    listening.collect()
}

#[test]
fn without_file_descriptors_there_is_a_block_in_every_slot() {
    let gauntlet = env!("CARGO_BIN_EXE_gauntlet");
    let devnet = format!("ulimit -n 192; exec {gauntlet} devnet --block-time 500ms --slots 8");
    let mut devnet = Command::new("sh")
        .args(["-c", &devnet])
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let mut told = BufReader::new(devnet.stdout.take().expect("a pipe"));
    let mut text = String::new();
    while !text.contains("block     1") {
        let read = told.read_line(&mut text).expect("text");
        assert_ne!(read, 0, "it ended: {text}");
    }
    let ports = ports(devnet.id());
    assert!(ports.len() >= 2, "{ports:?}");
    // More than it has descriptors, and they lie still.
    let idle: Vec<TcpStream> = ports
        .iter()
        .flat_map(|port| (0..150).filter_map(|_| TcpStream::connect(("127.0.0.1", *port)).ok()))
        .collect();
    assert!(idle.len() >= 200, "only {} connections", idle.len());
    told.read_to_string(&mut text).expect("text");
    devnet.wait().expect("it ends");
    assert!(text.contains("8 slots, 8 blocks"), "{text}");
    drop(idle);
}
