/**
 * The time of the fake: the machine's, or one that a test moves. It knows worlds with events, and
 * neither tasks nor clients.
 *
 * <p>A task passes through here only while a thread waits for it: every call of a server begins and
 * ends in {@link dev.jetlane.inmemory.time.Time#lock} and {@link
 * dev.jetlane.inmemory.time.Time#unlock}, and every wait is {@link
 * dev.jetlane.inmemory.time.Time#await}.
 */
@NullMarked
package dev.jetlane.inmemory.time;

import org.jspecify.annotations.NullMarked;
