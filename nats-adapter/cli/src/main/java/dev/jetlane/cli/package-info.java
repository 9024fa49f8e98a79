/**
 * The command line: parses, asks before it destroys, calls {@link dev.jetlane.TaskQueue#admin} and
 * prints. What is asked of the server, and what its answers mean, is the library's.
 */
@NullMarked
package dev.jetlane.cli;

import org.jspecify.annotations.NullMarked;
