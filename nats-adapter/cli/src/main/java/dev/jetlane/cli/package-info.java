/**
 * The command line. It parses arguments, asks for confirmation before it deletes, calls {@link
 * dev.jetlane.TaskQueue#admin} and {@link dev.jetlane.nats.NatsQueues#examine}, and prints. It does
 * not depend on subjects and messages of the server.
 */
@NullMarked
package dev.jetlane.cli;

import org.jspecify.annotations.NullMarked;
