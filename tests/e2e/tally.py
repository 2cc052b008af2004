# SPDX-License-Identifier: Apache-2.0
"""What the checks of a test come to: counted as they are made, told in its last line, `N passed, N failed`."""
passed = failed = 0


def check(name, ok, seen=""):
    """seen: what there was instead; shown only where it fails."""
    global passed, failed
    if ok:
        passed += 1
    else:
        failed += 1
        print(f"FAILED {name}: {str(seen)[:4000]}", flush=True)


def same(name, got, want):
    check(name, got == want, f"got {got!r}, want {want!r}")


def told():
    """The last line; the status to exit with. Where nothing passed, nothing was tried."""
    print(f"{passed} passed, {failed} failed")
    return 1 if failed or not passed else 0
