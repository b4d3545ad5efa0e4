"""The words of dates: months, weekdays and zones by name, in the languages that feeds of journals are written in.

Months and weekdays are those of the Unicode CLDR (version 45) for bg ca cs da de el en es et fi fr gl hu id it lv nb
nl pl pt ro ru sk sl sv tr uk, wide and abbreviated, without accents (see `folded`); no word names two months. Croatian
is left out: its "listopad" is October, that of Poles and Czechs November.
"""

from __future__ import annotations

import unicodedata


def word_set(text: str) -> frozenset[str]:
    """The words of `text`."""
    return frozenset(text.split())


MONTHS = {
    word: month
    for month, words in enumerate(
        (
            "ene enero gen gener gennaio ian ianuarie jaan jaanuar jan janeiro januar januara januari january "
            "janv janvaris janvier led leden ledna oca ocak sty styczen stycznia tammi tammikuu tammikuuta xan "
            "xaneiro ιαν ιανουαριοσ ιανουαριου січ січень січня янв январь января яну януари",
            "feb febbraio febr febreiro febrer febrero februar februara februari februarie februaris february fev "
            "fevereiro fevr fevrier helmi helmikuu helmikuuta lut lutego luty sub subat uno unor unora veebr "
            "veebruar φεβ φεβρουαριοσ φεβρουαριου лют лютии лютого фев февр февраль февраля февруари",
            "bre brezen brezna maalis maaliskuu maaliskuuta maart mar marc marca march marcius marco marec maret "
            "mars mart martie marts marz marzec marzo mrt μαρ μαρτιοσ μαρτιου бер березень березня мар март марта",
            "abr abril apr april aprila aprile aprilie aprilis aprill avr avril dub duben dubna huhti huhtikuu "
            "huhtikuuta kwi kwiecien kwietnia nis nisan απρ απριλιοσ απριλιου апр апрель апреля април квіт "
            "квітень квітня",
            "kve kveten kvetna mag maggio mai maig maijs maio maj maja majus may mayis mayo mei touko toukokuu "
            "toukokuuta μαι μαιοσ μαιου маи мая трав травень травня",
            "cerven cervna cvn cze czerwca czerwiec giu giugno haz haziran iun iunie juin jun juna june junho "
            "juni junij junijs junio junius juny juuni kesa kesakuu kesakuuta xuno ιουν ιουνιοσ ιουνιου июн июнь "
            "июня черв червень червня юни",
            "cervence cervenec cvc heina heinakuu heinakuuta iul iulie juil juillet jul jula julho juli julij "
            "julijs julio juliol julius july juuli lip lipca lipiec lug luglio tem temmuz xul xullo ιουλ ιουλιοσ "
            "ιουλιου июл июль июля лип липень липня юли",
            "ago agost agosto agu agustos agustus aout aug august augusta augusti augusts augustus augusztus avg "
            "avgust elo elokuu elokuuta sie sierpien sierpnia srp srpen srpna αυγ αυγουστοσ αυγουστου авг август "
            "августа серп серпень серпня",
            "eyl eylul sep sept september septembra septembre septembrie septembris septiembre set setembre "
            "setembro settembre syys syyskuu syyskuuta szept szeptember wrz wrzesien wrzesnia zar zari σεπ "
            "σεπτεμβριοσ σεπτεμβριου вер вересень вересня сент сентябрь сентября сеп септември",
            "eki ekim loka lokakuu lokakuuta oct october octobre octombrie octubre okt oktober oktobra oktobris "
            "oktoober ott ottobre out outubro paz pazdziernik pazdziernika rij rijen rijna οκτ οκτωβριοσ "
            "οκτωβριου жовт жовтень жовтня окт октомври октябрь октября",
            "kas kasim lis listopad listopada listopadu marras marraskuu marraskuuta noiembrie nov november "
            "novembra novembre novembris novembro noviembre νοε νοεμβριοσ νοεμβριου лист листопад листопада ное "
            "ноември нояб ноябрь ноября",
            "ara aralik dec december decembra decembre decembrie decembris decembro des desember desembre dets "
            "detsember dez dezember dezembro dic dicembre diciembre gru grudnia grudzien joulu joulukuu "
            "joulukuuta pro prosince prosinec δεκ δεκεμβριοσ δεκεμβριου груд грудень грудня дек декабрь декабря "
            "декември",
        ),
        start=1,
    )
    for word in words.split()
}
"""The number of a month (1 to 12) by its folded name."""

WEEKDAYS = word_set(
    "car carsamba cet cetrtek ceturtd ceturtdiena cmt cs csutortok ct ctvrtek cum cuma cumartesi czw czwartek dc "
    "dg di dienstag dijous dilluns dim dimanche dimarts dimecres dinsdag dissabte diumenge divendres dj dl do dom "
    "domenica domingo donderdag donnerstag ds dt dum duminica dv esmaspaev feira fr fre fredag freitag fri friday "
    "gio giovedi hetfo jeu jeudi joi jue jueves jum jumat kam kamis ke kedd keskiviikko keskiviikkona kolmapaev "
    "la lauantai lauantaina laupaev lor lordag lun lundi lunedi lunes luni luns lør lørdag ma maanantai "
    "maanantaina maandag man mandag mar mardi martedi martes marti mer mercoledi mercores mercredi mi mie "
    "miercoles miercuri min minggu mittwoch mo mon monday montag ne ned nedela nedele nedelja neljapaev niedz "
    "niedziela ons onsdag otrd otrdiena pa patek paz pazar pazartesi pe pentek per perjantai perjantaina persembe "
    "pet petek pi piatek piatok piektd piektdiena pirmd pirmdiena po pon pondeli pondelok ponedeljek poniedzialek "
    "pt puhapaev pzt qua quarta qui quinta rab rabu reede sa sab sabado sabato sabtu sal sali sam sambata samedi "
    "samstag sat saturday seg segunda sel selasa sen senin sestd sestdiena sex sexta so sob sobota son sondag "
    "sonntag sr sre sreda sroda st streda stvrtok su sun sunday sunnuntai sunnuntaina svetd svetdiena sze szerda "
    "szo szombat søn søndag teisipaev ter terca thu thursday ti tiistai tiistaina tir tirs tirsdag tis tisdag to "
    "tor torek tors torsdag torstai torstaina tresd tresdiena tue tuesday ut utery utorok vasarnap ven vendredi "
    "venerdi venres vie viernes vin vineri vr vrijdag wed wednesday wo woensdag wt wtorek xov xoves za zaterdag "
    "zo zondag δευ δευτερα κυρ κυριακη παρ παρασκευη πεμ πεμπτη σαβ σαββατο τετ τεταρτη τρι τριτη воскресенье вс "
    "вт вторник вівторок нд неделя неділя пʼятниця петък пн понеделник понедельник понеділок пт пятница сб середа "
    "ср среда сряда суббота субота събота четвер четверг четвъртък чт"
)
"""Folded names of weekdays; they say nothing that the date does not."""

FILLERS = word_set(
    "the of de del d el le la den der am an em na kl klo o uhr um at a ob alle nap r roku rok rik г год года "
    "first online available published publication posted updated epub on date "
)
"""Folded words around a date that do not change which day it is."""

_HOURS = {
    "utc gmt ut z wet": 0,
    "bst west cet mez": 1,
    "cest mesz eet sast": 2,
    "eest msk trt": 3,
    "ict wib": 7,
    "awst hkt sgt pht": 8,
    "jst kst": 9,
    "aest": 10,
    "aedt": 11,
    "nzst": 12,
    "nzdt": 13,
    "brt": -3,
    "ast": -4,
    "est": -5,
    "edt": -4,
    "cst": -6,
    "cdt": -5,
    "mst": -7,
    "mdt": -6,
    "pst": -8,
    "pdt": -7,
    "akst": -9,
    "akdt": -8,
    "hst": -10,
}
ZONES = {name: hours for names, hours in _HOURS.items() for name in names.split()}
"""Hours ahead of UTC by the name of a zone: those of RFC 822 and others that mean one zone to most who write them."""


def folded(word: str) -> str:
    """`word` as it stands in these tables: casefolded, without combining accents, "ł" and "ı" as "l" and "i"."""
    letters = unicodedata.normalize("NFKD", word.casefold())
    return "".join(c for c in letters if not unicodedata.combining(c)).replace("ı", "i").replace("ł", "l")
