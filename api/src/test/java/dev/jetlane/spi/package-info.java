@NullMarked
package dev.jetlane.spi;

import org.jspecify.annotations.NullMarked;
