"""Names of elements, as data: which names are markup at all, which part words, which are not for readers.

Sources: the HTML Standard (section 4 and, for obsolete elements, 16), SVG 2, MathML 3 and 4, JATS 1.3 (what may stand
in titles and abstracts), Crossref's face markup, and what publishers send of their own schemas (Wiley's ``scp``,
Springer's A++, Elsevier's Common Element pool, Inspec's ``inf``, DocBook, TEI). Names are in lower case, without
prefix.
"""

from __future__ import annotations


def names(listed: str) -> frozenset[str]:
    """The names in a string, between white space."""
    return frozenset(listed.split())


HTML = names(
    "html head title base link meta style body article section nav aside h1 h2 h3 h4 h5 h6 hgroup header "
    "footer address p hr pre blockquote ol ul menu li dl dt dd figure figcaption main search div a em "
    "strong small s cite q dfn abbr ruby rt rp data time code var samp kbd sub sup i b u mark bdi bdo "
    "span br wbr ins del picture source img iframe embed object video audio track map area table caption "
    "colgroup col tbody thead tfoot tr td th form label input button select datalist optgroup option "
    "textarea output progress meter fieldset legend details summary dialog script noscript template slot "
    "canvas svg math param acronym applet basefont bgsound big blink center dir font frame frameset image "
    "isindex keygen listing marquee menuitem multicol nextid nobr noembed noframes plaintext rb rtc "
    "spacer strike tt xmp"
)
SVG = names(
    "animate animatemotion animatetransform circle clippath defs desc ellipse filter foreignobject g line "
    "lineargradient marker mask metadata mpath path pattern polygon polyline radialgradient rect set stop "
    "switch symbol text textpath tspan use view"
)
MATHML = names(
    "math mi mn mo ms mtext mspace mrow mfrac msqrt mroot mstyle merror mpadded mphantom mfenced menclose "
    "msub msup msubsup munder mover munderover mmultiscripts mprescripts none mtable mtr mlabeledtr mtd "
    "maction maligngroup malignmark mglyph semantics annotation annotation-xml"
)
JATS = names(
    "abbrev abstract alternatives article-title attrib bold boxed-text break chem-struct chem-struct-wrap "
    "citation-alternatives def def-head def-item def-list disp-formula disp-formula-group disp-quote "
    "email ext-link fig fig-group fixed-case fn glyph-data glyph-ref graphic inline-formula inline- "
    "graphic inline-media inline-supplementary-material institution italic kwd kwd-group list list-item "
    "long-desc media milestone-end milestone-start mixed-citation monospace named-content object-id "
    "overline overline-end overline-start preformat private-char product pub-id related-article related- "
    "object roman sans-serif sc sec size speech statement styled-content subtitle supplementary-material "
    "table-wrap target term term-head tex-math textual-form trans-abstract trans-title underline "
    "underline-end underline-start uri verse-group verse-line xref"
)
PUBLISHERS = names(
    "scp ovl smallcaps small-caps smcap fc "  # Wiley, Crossref
    "emphasis superscript subscript para simplepara simple-para inlineequation equation equationsource externalref "
    "refsource internalref citationref inlinemediaobject abstractsection heading "  # Springer
    "inf hsp vsp inter-ref inter-refs cross-ref cross-refs section-title abstract-sec "  # Elsevier
    "abstract-subsec formula "
    "abstracttext articletitle dispformula ulink hi lb"  # PubMed, DocBook, TEI
)
KNOWN = HTML | SVG | MATHML | JATS | PUBLISHERS
"""Every name that is a tag's, where the rest looks like a tag's, too."""

BLOCK = names(
    "address area article aside audio blockquote body br button caption center col colgroup dd details "
    "dialog dir div dl dt embed fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 "
    "head header hgroup hr html img image input label legend li link listing main menu menuitem meta nav "
    "object ol optgroup option p plaintext pre section search select source spacer summary svg table "
    "tbody td textarea tfoot th thead title tr track ul video xmp abstract boxed-text break chem-struct- "
    "wrap def def-head def-item def-list disp-formula disp-formula-group disp-quote fig fig-group fn "
    "kwd list list-item mixed-citation preformat sec speech statement subtitle supplementary- "
    "material table-wrap term-head trans-abstract trans-title verse-group verse-line abstractsection "
    "abstract-sec abstract-subsec heading para simplepara simple-para section-title lb abstracttext "
    "dispformula"
)
"""Elements at whose beginning and end a word ends."""

STANDING = names("br hr wbr p li tr td th dt dd break lb")
"""Elements that stand without an end tag, and without attributes (HTML Standard, 13.1.2)."""
VOID = names("area base br col embed frame hr img input link meta param source track wbr")
"""Elements that have no end tag."""
RAW = names("script style textarea iframe noembed noframes noscript xmp")
"""Elements whose content is no markup (HTML Standard, 13.1.2, raw text)."""
UNSEEN = names(
    "script style template noscript iframe object applet embed audio video canvas noembed noframes "
    "datalist textarea select svg annotation-xml glyph-data private-char rp mphantom long-desc object-id"
)
"""Elements whose content nobody sees, or that stand beside what says the same."""
RAISED = {"sup": "^", "superscript": "^", "sub": "_", "subscript": "_", "inf": "_"}
"""Elements that raise or lower what they hold."""
