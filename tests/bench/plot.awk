# Rows to an SVG chart that is readable on light and dark paper. Scales of values are logarithmic, and so is x when it spans much.
#   kind=dots: label, median, least, most          kind=line:  series, x, median, least, most
# Variables: title, x_title, y_title.
function esc(text) { gsub(/&/, "\\&amp;", text); gsub(/</, "\\&lt;", text); return text }
function log10(value) { return log(value) / log(10) }
function floor(value, whole) { whole = int(value); return whole > value ? whole - 1 : whole }
function short(value) {
    if (value >= 999500) return sprintf("%.3g M", value / 1e6)
    if (value >= 9995) return sprintf("%.0f k", value / 1e3)
    if (value >= 999.5) return sprintf("%.1f k", value / 1e3)
    return sprintf("%.3g", value)
}
function text(x, y, anchor, class, words) {
    printf "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">%s</text>\n", x, y, anchor, class, esc(words)
}
function rule(x1, y1, x2, y2, class) {
    printf "<line x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" class=\"%s\"/>\n", x1, y1, x2, y2, class
}
function head(width, height) {
    printf "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" height=\"%d\" role=\"img\">\n", width, height, width, height
    printf "<title>%s</title>\n", esc(title)
    print "<style>text{font:12px system-ui,sans-serif;fill:#333}.t{font-size:15px;font-weight:600}.s{fill:#666}" \
        ".g{stroke:#8884;stroke-width:1}.w{stroke:#888;stroke-width:1.5}.b{fill:#8aa4bd}.o{fill:#c8502d}" \
        ".l0,.l1,.l2,.l3{fill:none;stroke-width:2}.l0{stroke:#c8502d}.l1{stroke:#2f78b7}.l2{stroke:#3c9a5f}.l3{stroke:#9a67b8}" \
        ".d0{fill:#c8502d}.d1{fill:#2f78b7}.d2{fill:#3c9a5f}.d3{fill:#9a67b8}" \
        "@media(prefers-color-scheme:dark){text{fill:#ddd}.s{fill:#aaa}.b{fill:#5d7892}}</style>"
    text(16, 24, "start", "t", title)
}
# Ticks of a logarithmic scale from lo to hi into tick[]: decades, and 2 and 5 between when there are few.
function ticks(lo, hi, tick, count, step, at, k) {
    count = 0
    for (step = floor(log10(lo)); step <= log10(hi) + 0.001; step++)
        for (k = 1; k <= 5; k += (k == 1 ? 1 : 3)) {
            at = k * exp(step * log(10))
            if (at >= lo * 0.999 && at <= hi * 1.001 && (k == 1 || hi / lo < 150)) tick[++count] = at
        }
    return count
}
function scale(value, lo, hi, from, to) { return from + (log10(value) - log10(lo)) / (log10(hi) - log10(lo)) * (to - from) }
NF >= 4 { rows++; for (i = 1; i <= NF; i++) cell[rows, i] = $i; columns = NF }
function low(value) { return exp(floor(log10(value) * 3 + 0.001) / 3 * log(10)) * 0.93 }
function dots(width, height, left, right, top, i, y, lo, hi, n, tick, x) {
    width = 760; left = 120; right = width - 150; top = 46; height = top + rows * 30 + 56
    lo = 1e300; hi = 0
    for (i = 1; i <= rows; i++) { if (cell[i, 3] < lo) lo = cell[i, 3]; if (cell[i, 4] > hi) hi = cell[i, 4] }
    lo = low(lo); hi *= 1.15
    head(width, height)
    n = ticks(lo, hi, tick)
    for (i = 1; i <= n; i++) {
        x = scale(tick[i], lo, hi, left, right)
        rule(x, top, x, top + rows * 30, "g")
        text(x, top + rows * 30 + 16, "middle", "s", short(tick[i]))
    }
    text((left + right) / 2, height - 10, "middle", "s", x_title ", logarithmic; the line is the spread of the rounds")
    for (i = 1; i <= rows; i++) {
        y = top + (i - 1) * 30
        text(left - 8, y + 19, "end", "", cell[i, 1])
        rule(scale(cell[i, 3], lo, hi, left, right), y + 15, scale(cell[i, 4], lo, hi, left, right), y + 15, "w")
        # A dot, not a bar: on a logarithmic scale a length says nothing.
        printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"6\" class=\"%s\"/>\n", scale(cell[i, 2], lo, hi, left, right), y + 15, \
            cell[i, 1] == "ours" ? "o" : "b"
        text(right + 10, y + 19, "start", "", short(cell[i, 2]) "  (" short(cell[i, 3]) " to " short(cell[i, 4]) ")")
    }
}
function lines(width, height, left, right, top, bottom, i, k, n, x, y, lo, hi, x_lo, x_hi, x_log, tick, count, name, path, end) {
    width = 760; height = 380; left = 70; right = width - 170; top = 46; bottom = height - 56
    lo = x_lo = 1e300; hi = x_hi = 0; count = 0
    for (i = 1; i <= rows; i++) {
        if (cell[i, 4] < lo) lo = cell[i, 4]
        if (cell[i, 5] > hi) hi = cell[i, 5]
        if (cell[i, 2] + 0 < x_lo) x_lo = cell[i, 2] + 0
        if (cell[i, 2] + 0 > x_hi) x_hi = cell[i, 2] + 0
        if (!(cell[i, 1] in place)) { name[count] = cell[i, 1]; place[cell[i, 1]] = count++ }
    }
    lo = low(lo); hi *= 1.2
    x_log = x_hi / x_lo > 50
    head(width, height)
    n = ticks(lo, hi, tick)
    for (i = 1; i <= n; i++) {
        y = scale(tick[i], lo, hi, bottom, top)
        rule(left, y, right, y, "g")
        text(left - 8, y + 4, "end", "s", short(tick[i]))
    }
    for (i = 1; i <= rows; i++)
        if (!((cell[i, 2] + 0) in seen)) {
            seen[cell[i, 2] + 0] = 1
            x = place_of(cell[i, 2] + 0, x_log, x_lo, x_hi, left + 20, right - 20)
            rule(x, top, x, bottom, "g")
            text(x, bottom + 18, "middle", "s", short(cell[i, 2] + 0))
        }
    text((left + right) / 2, height - 10, "middle", "s", x_title (x_log ? ", logarithmic" : ""))
    printf "<text transform=\"translate(16 %.1f) rotate(-90)\" text-anchor=\"middle\" class=\"s\">%s, logarithmic</text>\n", (top + bottom) / 2, esc(y_title)
    for (k = 0; k < count; k++) {
        path = ""
        for (i = 1; i <= rows; i++)
            if (cell[i, 1] == name[k]) {
                x = place_of(cell[i, 2] + 0, x_log, x_lo, x_hi, left + 20, right - 20)
                y = scale(cell[i, 3], lo, hi, bottom, top)
                path = path sprintf("%s%.1f %.1f", path == "" ? "M" : "L", x, y)
                rule(x, scale(cell[i, 4], lo, hi, bottom, top), x, scale(cell[i, 5], lo, hi, bottom, top), "w")
                printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"d%d\"/>\n", x, y, k
                end[k] = i
            }
        printf "<path d=\"%s\" class=\"l%d\"/>\n", path, k
        y = top + 14 + k * 36
        printf "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"4\" class=\"d%d\"/>\n", right + 18, y - 4, k
        text(right + 28, y, "start", "", name[k])
        text(right + 28, y + 15, "start", "s", "last: " short(cell[end[k], 3]))
    }
}
function place_of(x, x_log, lo, hi, from, to) {
    return x_log ? scale(x, lo, hi, from, to) : from + (x - lo) / (hi - lo) * (to - from)
}
END {
    if (kind == "dots") dots(); else lines()
    print "</svg>"
}
