//! What ordinary words are worth: particles, titles, legal forms, common names, and words that
//! stand for one another.

use std::{collections::HashMap, sync::OnceLock};

const PARTICLES: &str = "al el ul ad ar ash at az bin ibn ben bint binti ould wuld wald bou de da dos del \
    della di du la le les los las van von der den ter ten zu zur y und et and the of for in ul ur st";

const TITLES: &str = "mr mrs ms miss dr prof professor sir lord lady hon sheikh shaikh shaykh sheik haji hajj hajji \
    mullah mulla maulawi mawlawi qari sayyid syed sayed sayyed general gen colonel col major maj captain capt lt jr sr \
    ayatollah imam alhaji hadji engineer eng ing";

const LEGAL_FORMS: &str = "ltd limited llc llp lp plc inc incorporated corp corporation co company gmbh ag kg kgaa ohg \
    sa sas sarl sprl srl spa snc sl slu sau cv rl nv bv bvba ab as asa oy oyj aps a/s kft zrt rt doo dd ad ead eood ood \
    zao oao ooo pao ao pjsc ojsc cjsc jsc pte pty sdn bhd tbk pt kk yk fze fzc fzco fz dmcc est ltda lda eirl scs sca \
    gie sc se ev tov dp gup fgup mup mkooo ooa sarlu ttoo too jv kc stiftung foundation joint stock public private closed open liability obshchestvo obschestvo obshestvo tovarystvo obmezhenoyu vidpovidalnistyu ogranichennoi \
    ogranichennoy otvetstvennostyu otvetstvennostiu aktsionernoe aktsionernoye otkrytoe zakrytoe publichnoe \
    sociedad anonima societe anonyme gesellschaft sirketi anonim ve tic san limitada responsabilidad";

/// Words of which lists and companies are full: they tell little.
const COMMON: &str = "trading trade international intl general group holding holdings industries industry industrial \
    services service bank center centre investment investments development export import commercial shipping marine \
    management business enterprise enterprises national state research institute technology technologies tech global \
    construction engineering company institution organization organisation committee union association federal \
    mohammed muhammad mohamed mohammad ahmed ahmad ali hassan hasan hussein husain hussain abdul abdullah abdel abd \
    abu ibrahim khan omar umar mahmoud mahmud khalid said mustafa yusuf maria jose juan carlos luis antonio ivan \
    vladimir aleksandr alexander sergey sergei andrey dmitry mikhail nikolai john james david michael robert william \
    kim lee li wang zhang chen liu singh kumar nguyen";

/// Each line is a group; its first word names it.
const ALIKE: &str = "\
muhammad mohammed mohamed mohammad muhammed muhamad mohd md mehmed mehmet mohamad mahomed magomed
ahmad ahmed ahmet achmad
hussein husain hussain husayn hosein hoseyn huseyin hossain
hassan hasan hasson
yusuf yousef youssef yousuf joseph jose iosif josef giuseppe yosef
ibrahim abraham ebrahim brahim avraham
musa moses moussa mousa moshe
sulayman suleiman solomon soleiman sulaiman suleyman
umar omar omer
uthman osman othman usman
abdul abdel abd abdal abdoul
abu abou aboo
yahya yehia john johannes ivan jan juan jean giovanni johann ian
alexander aleksandr alexandr alejandro oleksandr alexandre aliaksandr sasha sascha alex iskandar
michael mikhail miguel michel mykhailo mikhael misha mike
nicholas nikolai nikolay nicolas mykola mikalai nikolaus nick
vladimir volodymyr uladzimir vova
sergey sergei serhii serhiy siarhei serge sergio
andrew andrey andrei andriy andrii andrea andreas andres
dmitry dmitri dmitriy dmytro dzmitry dima dimitri
eugene yevgeny evgeny evgeniy yevhen evgeni yevgeniy yauhen
george georgy georgiy jorge giorgio yuri yury yuriy iurii heorhii georgi
peter petr pyotr petro pedro pierre piotr
paul pavel pavlo pablo
natalia natalya nataliya natasha
helen elena yelena olena
william bill will billy liam wilhelm
robert bob rob bobby roberto
richard dick rick ricardo
james jim jimmy jamie
elizabeth liz beth betty elisabeth
margaret peggy maggie meg
thomas tom tommy tomas
anthony tony antonio anton antoine
charles charlie chuck carlos karl carl
francis francisco frank francesco franz
louis luis ludwig lewis
david davide dawud daoud dawood
katherine catherine ekaterina yekaterina kateryna katharina
kim gim ghim
lee yi rhee ri
park pak bak
choi choe
chung jung jeong jong cheong
jang chang
un eun
hyon hyun hyeon
yong young yeong
sok suk seok
yun yoon youn
chol cheol chul
song sung seong
myong myung myeong
kwang gwang
kuk guk gook
sang ssang
zhang cheung teo
wang wong ong
chen chan tan
liu lau low
huang hwang
xu hsu
cai tsai
bank banco banque banca banka bankasi bankas banko
trading trade comercio commerce ticaret handel torgovlya
company compania compagnie kompaniya compagnia
international internacional internationale mezhdunarodny
group grupo groupe gruppa gruppe grup
center centre centro tsentr zentrum merkezi
factory plant zavod fabrika usine
institute instituto institut
industry industries industria industrie promyshlennost sanayi
research recherche investigacion issledovaniya
national nacional natsionalny nationale
limited ltd limitada ltda
company co
corporation corp
incorporated inc
and und et y
";

/// How a word counts when it stands in a name of a person, or in any other name.
pub fn is_minor(word: &str, person: bool) -> bool {
    static SETS: OnceLock<[HashMap<&'static str, ()>; 3]> = OnceLock::new();
    let set = |text: &'static str| text.split_whitespace().map(|word| (word, ())).collect();
    let [particles, titles, legal] = SETS.get_or_init(|| [set(PARTICLES), set(TITLES), set(LEGAL_FORMS)]);
    particles.contains_key(word) || if person { titles.contains_key(word) } else { legal.contains_key(word) }
}

pub fn is_common(word: &str) -> bool {
    static SET: OnceLock<HashMap<&'static str, ()>> = OnceLock::new();
    SET.get_or_init(|| COMMON.split_whitespace().map(|word| (word, ())).collect()).contains_key(word)
}

/// The number of the word's group, with the word that names the group; `None` for words apart.
pub fn group(word: &str) -> Option<(u16, &'static str)> {
    static GROUPS: OnceLock<HashMap<&'static str, (u16, &'static str)>> = OnceLock::new();
    let groups = GROUPS.get_or_init(|| {
        let mut groups = HashMap::new();
        for (number, line) in ALIKE.lines().enumerate() {
            let head = line.split_whitespace().next().unwrap_or("");
            for word in line.split_whitespace() {
                // A word in two groups stays in the first.
                groups.entry(word).or_insert((number as u16, head));
            }
        }
        groups
    });
    groups.get(word).copied()
}
