/**
 * The time of the fake: the machine's, or one that a test moves. It knows worlds with events, but
 * neither tasks nor clients.
 *
 * <p>Every call of a server begins with {@link dev.jetlane.inmemory.time.Time#lock} and ends with
 * {@link dev.jetlane.inmemory.time.Time#unlock}, and every thread that waits for a task waits in
 * {@link dev.jetlane.inmemory.time.Time#await}.
 */
@NullMarked
package dev.jetlane.inmemory.time;

import org.jspecify.annotations.NullMarked;
