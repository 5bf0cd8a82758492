//! What every key store must do (DESIGN 3.6; RET-03: what is destroyed stays so).

use app::vault::{KeyStore, WrappedKey};

/// Runs the whole contract. Each call of `open` gives an empty store of its own.
///
/// # Panics
/// When the store breaks the contract; the message says where.
pub fn check(open: &dyn Fn() -> Box<dyn KeyStore>) {
    an_added_key_is_found_as_it_was_given(&*open());
    the_first_key_of_a_name_counts(&*open());
    keys_added_at_once_come_out_as_one(&*open());
    a_destroyed_key_never_comes_back(&*open());
    only_names_that_begin_so_are_destroyed(&*open());
    keys_are_listed_in_pages_by_name(&*open());
    rewrapping_replaces_what_is_there_and_nothing_else(&*open());
    a_key_destroyed_while_others_add_it_stays_destroyed(&*open());
}

fn key(name: &str, byte: u8) -> WrappedKey {
    WrappedKey { name: name.to_owned(), wrapped: vec![byte; 61], master_key: "0011223344556677".to_owned() }
}

fn names(keys: &[WrappedKey]) -> Vec<&str> {
    keys.iter().map(|key| key.name.as_str()).collect()
}

fn an_added_key_is_found_as_it_was_given(store: &dyn KeyStore) {
    let all_bytes = WrappedKey { wrapped: (0..=255).collect(), ..key("index/email", 0) };

    assert_eq!(store.find_key("index/email").expect("find"), None, "a key never added");
    assert_eq!(store.add_key(&all_bytes).expect("add").as_ref(), Some(&all_bytes), "what adding returns");
    assert_eq!(store.find_key("index/email").expect("find"), Some(all_bytes), "a key added");
    assert_eq!(store.find_key("index/emai").expect("find"), None, "the start of a name is not the name");
    assert_eq!(store.find_key("INDEX/EMAIL").expect("find"), None, "names tell case apart");
}

fn the_first_key_of_a_name_counts(store: &dyn KeyStore) {
    store.add_key(&key("sign/ledger", 1)).expect("add");

    let second = store.add_key(&key("sign/ledger", 2)).expect("add");

    assert_eq!(second, Some(key("sign/ledger", 1)), "adding again returns the first");
    assert_eq!(store.find_key("sign/ledger").expect("find"), Some(key("sign/ledger", 1)));
}

fn keys_added_at_once_come_out_as_one(store: &dyn KeyStore) {
    let returned: Vec<_> = std::thread::scope(|scope| {
        let adders: Vec<_> = (0..8_u8)
            .map(|byte| scope.spawn(move || store.add_key(&key("subject/a/identity/", byte)).expect("add")))
            .collect();
        adders.into_iter().map(|adder| adder.join().expect("no panic")).collect()
    });

    let kept = store.find_key("subject/a/identity/").expect("find");
    assert!(kept.is_some(), "one of the keys is kept");
    assert!(returned.iter().all(|key| *key == kept), "everybody goes on with the key that is kept");
}

fn a_destroyed_key_never_comes_back(store: &dyn KeyStore) {
    store.add_key(&key("subject/a/identity/", 1)).expect("add");

    let destroyed = store.destroy_keys("subject/a/identity/").expect("destroy");

    assert_eq!(destroyed, ["subject/a/identity/"]);
    assert_eq!(store.find_key("subject/a/identity/").expect("find"), None, "not found once destroyed");
    assert_eq!(store.list_keys("", 10).expect("list"), [], "not listed once destroyed");
    assert_eq!(store.add_key(&key("subject/a/identity/", 2)).expect("add"), None, "not added again");
    assert_eq!(store.find_key("subject/a/identity/").expect("find"), None, "nor found after that");
    // A store may refuse the whole call or leave the destroyed key out.
    let _ = store.rewrap(&[key("subject/a/identity/", 3)]);
    assert_eq!(store.find_key("subject/a/identity/").expect("find"), None, "rewrapping brings nothing back");
    assert!(store.destroy_keys("subject/a/").expect("destroy").is_empty(), "destroyed once, named once");
}

fn only_names_that_begin_so_are_destroyed(store: &dyn KeyStore) {
    let all = ["a_b/x", "a_b/y", "aXb/x", "a%b/x", "A_b/x", "za_b/x", "a_b"];
    for name in all {
        store.add_key(&key(name, 1)).expect("add");
    }

    let mut destroyed = store.destroy_keys("a_b/").expect("destroy");
    destroyed.sort();

    assert_eq!(destroyed, ["a_b/x", "a_b/y"], "`_` and `%` stand for themselves, and case counts");
    assert_eq!(names(&store.list_keys("", 10).expect("list")), ["A_b/x", "a%b/x", "aXb/x", "a_b", "za_b/x"]);
    assert_eq!(store.destroy_keys("a%").expect("destroy"), ["a%b/x"]);
    assert!(store.destroy_keys("nothing/").expect("destroy").is_empty());
}

fn keys_are_listed_in_pages_by_name(store: &dyn KeyStore) {
    for name in ["b/2", "a/10", "b/1", "a/2", "a-1", "B/1"] {
        store.add_key(&key(name, 1)).expect("add");
    }

    let mut pages = Vec::new();
    let mut after = String::new();
    loop {
        let page = store.list_keys(&after, 2).expect("list");
        assert!(page.len() <= 2, "a page holds no more than asked for");
        let Some(last) = page.last() else { break };
        after = last.name.clone();
        pages.extend(page);
    }

    assert_eq!(names(&pages), ["B/1", "a-1", "a/10", "a/2", "b/1", "b/2"], "order is that of the bytes");
}

fn rewrapping_replaces_what_is_there_and_nothing_else(store: &dyn KeyStore) {
    for name in ["a", "b", "c"] {
        store.add_key(&key(name, 1)).expect("add");
    }
    let other_master = WrappedKey { master_key: "8899aabbccddeeff".to_owned(), ..key("a", 9) };

    store.rewrap(&[other_master.clone(), key("b", 8)]).expect("rewrap");

    assert_eq!(store.list_keys("", 10).expect("list"), [other_master, key("b", 8), key("c", 1)]);
    let _ = store.rewrap(&[key("never/added", 7)]);
    assert_eq!(store.find_key("never/added").expect("find"), None, "rewrapping adds nothing");
    store.rewrap(&[]).expect("nothing to rewrap is fine");
}

fn a_key_destroyed_while_others_add_it_stays_destroyed(store: &dyn KeyStore) {
    store.add_key(&key("subject/a/identity/", 0)).expect("add");
    std::thread::scope(|scope| {
        for byte in 1..4_u8 {
            scope.spawn(move || {
                for _ in 0..20 {
                    store.add_key(&key("subject/a/identity/", byte)).expect("add");
                }
            });
        }
        scope.spawn(|| store.destroy_keys("subject/a/").expect("destroy"));
    });

    assert_eq!(store.find_key("subject/a/identity/").expect("find"), None);
    assert_eq!(store.add_key(&key("subject/a/identity/", 5)).expect("add"), None);
}
