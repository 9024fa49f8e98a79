@NullMarked
package dev.jetlane.inmemory;

import org.jspecify.annotations.NullMarked;
