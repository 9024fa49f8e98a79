/**
 * The command line. It parses arguments, asks before it destroys, calls {@link
 * dev.jetlane.TaskQueue#admin} and {@link dev.jetlane.nats.NatsQueues#examine}, and prints. It
 * knows nothing of subjects and messages of the server.
 */
@NullMarked
package dev.jetlane.cli;

import org.jspecify.annotations.NullMarked;
